module "load_balancer_identity" {
  #checkov:skip=CKV_TF_1:A registry takes versions, not commits; this one is exact.
  source  = "terraform-aws-modules/eks-pod-identity/aws"
  version = "2.8.1"

  # A role's prefix may have at most 38 characters. The policy's name must be unique among the account's clusters.
  use_name_prefix                 = false
  name                            = "${var.cluster_name}-load-balancer"
  policy_name_prefix              = "${var.cluster_name}-"
  attach_aws_lb_controller_policy = true

  associations = {
    controller = {
      cluster_name    = var.cluster_name
      namespace       = "kube-system"
      service_account = "aws-load-balancer-controller"
    }
  }
}

resource "helm_release" "load_balancer_controller" {
  name       = "aws-load-balancer-controller"
  namespace  = "kube-system"
  repository = "https://aws.github.io/eks-charts"
  chart      = "aws-load-balancer-controller"
  version    = "3.5.0"

  values = [yamlencode({
    clusterName    = var.cluster_name
    region         = var.region
    vpcId          = var.vpc_id
    serviceAccount = { name = "aws-load-balancer-controller" }
    # Services name their class, so no webhook intercepts other Services.
    enableServiceMutatorWebhook = false
    # Envoy serves the gateways.
    controllerConfig = { featureGates = { ALBGatewayAPI = false, NLBGatewayAPI = false } }
  })]

  depends_on = [module.load_balancer_identity]
}
