module "network" {
  source = "../../modules/network"

  name               = "mini-api-fargate"
  zones              = var.zones
  cidr               = var.network_cidr
  single_nat_gateway = var.single_nat_gateway
}

module "fargate" {
  source = "../../modules/fargate"

  name              = "mini-api-fargate"
  vpc_id            = module.network.vpc_id
  public_subnets    = module.network.public_subnets
  private_subnets   = module.network.private_subnets
  database_subnets  = module.network.intra_subnets
  image             = var.image
  certificate_arn   = var.certificate_arn
  database_ca       = file(var.database_ca)
  passwords_version = var.passwords_version
  tasks             = var.tasks
}
