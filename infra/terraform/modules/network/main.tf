# Three zones. Public subnets contain load balancers and NAT gateways, private subnets contain workloads. Intra subnets
# have no outbound access: the interfaces of the control plane, and databases.

module "vpc" {
  #checkov:skip=CKV_TF_1:A registry takes versions, not commits; this one is exact.
  source  = "terraform-aws-modules/vpc/aws"
  version = "6.6.0"

  name = var.name
  cidr = var.cidr
  azs  = var.zones

  # 4094 addresses in each zone for pods, which need one each; 254 for everything else.
  private_subnets = [for index in range(3) : cidrsubnet(var.cidr, 4, index)]
  public_subnets  = [for index in range(3) : cidrsubnet(var.cidr, 8, 48 + index)]
  intra_subnets   = [for index in range(3) : cidrsubnet(var.cidr, 8, 52 + index)]

  enable_nat_gateway     = true
  single_nat_gateway     = var.single_nat_gateway
  one_nat_gateway_per_az = !var.single_nat_gateway

  enable_flow_log                                 = true
  create_flow_log_cloudwatch_log_group            = true
  create_flow_log_cloudwatch_iam_role             = true
  flow_log_cloudwatch_log_group_retention_in_days = 365
  vpc_flow_log_iam_role_name                      = "${var.name}-flow-log"
  vpc_flow_log_iam_policy_name                    = "${var.name}-flow-log"

  # The load balancer controller finds its subnets by these tags.
  public_subnet_tags  = { "kubernetes.io/role/elb" = 1 }
  private_subnet_tags = { "kubernetes.io/role/internal-elb" = 1 }
}
