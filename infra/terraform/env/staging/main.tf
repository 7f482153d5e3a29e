module "environment" {
  source = "../../modules/environment"

  environment        = "staging"
  region             = var.region
  kubernetes_version = var.kubernetes_version
  zones              = var.zones
  network_cidr       = var.network_cidr
  single_nat_gateway = var.single_nat_gateway
  api_access_cidrs   = var.api_access_cidrs
  administrators     = var.administrators
  instance_types     = var.instance_types
  nodes              = var.nodes
  github_repository  = var.github_repository
  # Each merge to main: .github/workflows/edge.yaml.
  github_subject = "environment:edge"
}
