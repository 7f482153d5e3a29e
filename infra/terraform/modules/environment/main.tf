# A cluster as docs/deploy.md requires it, with Flux, which deploys everything else.

locals {
  name = "mini-api-${var.environment}"
}

module "network" {
  source = "../network"

  name               = local.name
  zones              = var.zones
  cidr               = var.network_cidr
  single_nat_gateway = var.single_nat_gateway
}

module "cluster" {
  source = "../cluster"

  name                  = local.name
  kubernetes_version    = var.kubernetes_version
  vpc_id                = module.network.vpc_id
  node_subnets          = module.network.private_subnets
  control_plane_subnets = module.network.intra_subnets
  api_access_cidrs      = var.api_access_cidrs
  administrators        = var.administrators
  instance_types        = var.instance_types
  nodes                 = var.nodes
}

module "platform" {
  source = "../platform"

  cluster_name = module.cluster.name
  vpc_id       = module.network.vpc_id
  region       = var.region

  # Nodes and add-ons too.
  depends_on = [module.cluster]
}

module "flux" {
  source = "../flux"

  environment = var.environment

  # Installs the CRDs that the overlays use, before Flux applies them.
  depends_on = [module.platform]
}

module "registry" {
  source = "../registry"

  name = local.name
}

module "pipeline" {
  source = "../pipeline"

  name              = "${local.name}-pipeline"
  github_repository = var.github_repository
  github_subject    = var.github_subject
  registry_arn      = module.registry.arn
}
