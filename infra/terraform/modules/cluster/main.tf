module "ebs_csi_identity" {
  #checkov:skip=CKV_TF_1:A registry takes versions, not commits; this one is exact.
  source  = "terraform-aws-modules/eks-pod-identity/aws"
  version = "2.8.1"

  # A role's prefix may have at most 38 characters. The policy's name must be unique among the account's clusters.
  use_name_prefix           = false
  name                      = "${var.name}-ebs-csi"
  policy_name_prefix        = "${var.name}-"
  attach_aws_ebs_csi_policy = true
}

module "eks" {
  #checkov:skip=CKV_TF_1:A registry takes versions, not commits; this one is exact.
  source  = "terraform-aws-modules/eks/aws"
  version = "21.19.0"

  name                     = var.name
  iam_role_use_name_prefix = false

  kubernetes_version = var.kubernetes_version
  # No extended support, which costs more by the hour: AWS upgrades the cluster instead.
  upgrade_policy      = { support_type = "STANDARD" }
  deletion_protection = true

  vpc_id                   = var.vpc_id
  subnet_ids               = var.node_subnets
  control_plane_subnet_ids = var.control_plane_subnets

  endpoint_private_access      = true
  endpoint_public_access       = length(var.api_access_cidrs) > 0
  endpoint_public_access_cidrs = var.api_access_cidrs

  authentication_mode                      = "API"
  enable_cluster_creator_admin_permissions = true
  access_entries = {
    for arn in var.administrators : arn => {
      principal_arn = arn
      policy_associations = {
        administrator = {
          policy_arn   = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
          access_scope = { type = "cluster" }
        }
      }
    }
  }

  # With its own key, which the module creates and rotates.
  create_kms_key    = true
  encryption_config = { resources = ["secrets"] }

  enabled_log_types                      = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  cloudwatch_log_group_retention_in_days = 365

  addons = {
    coredns    = {}
    kube-proxy = {}
    # Enforces the overlays' network policies.
    vpc-cni = {
      before_compute       = true
      configuration_values = jsonencode({ enableNetworkPolicy = "true" })
    }
    eks-pod-identity-agent = { before_compute = true }
    metrics-server         = {}
    snapshot-controller    = {}
    aws-ebs-csi-driver = {
      pod_identity_association = [{
        role_arn        = module.ebs_csi_identity.iam_role_arn
        service_account = "ebs-csi-controller-sa"
      }]
    }
  }

  # The module opens ports from 1025 on between nodes, and the shim's pods listen on 80. Network policies decide who may
  # connect.
  node_security_group_additional_rules = {
    between_nodes = {
      description = "Pods of one node to those of another"
      protocol    = "-1"
      from_port   = 0
      to_port     = 0
      type        = "ingress"
      self        = true
    }
  }

  eks_managed_node_groups = {
    spin = {
      # Not Bottlerocket, whose system runtime-class-manager can't change.
      ami_type       = "AL2023_x86_64_STANDARD"
      instance_types = var.instance_types
      min_size       = var.nodes.min
      max_size       = var.nodes.max
      desired_size   = var.nodes.min
      # Selects the node for the shim: nodeSelector of k8s/platform/configs/managed/shim.yaml.
      labels = { spin = "true" }

      update_config = { max_unavailable = 1 }
      # No pod reaches the node's credentials.
      metadata_options = {
        http_tokens                 = "required"
        http_put_response_hop_limit = 1
      }
      block_device_mappings = {
        root = {
          device_name = "/dev/xvda"
          ebs = {
            volume_type           = "gp3"
            volume_size           = 50
            encrypted             = true
            delete_on_termination = true
          }
        }
      }
    }
  }
}
