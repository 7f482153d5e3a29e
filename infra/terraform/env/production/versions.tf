terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.67.0"
    }
    helm = {
      source  = "hashicorp/helm"
      version = "3.1.2"
    }
  }

  # state.s3.tfbackend contains bucket, region and encryption key: docs/aws.md.
  backend "s3" {
    key          = "production.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      application = "mini-api"
      environment = "production"
      managed-by  = "infra/terraform/env/production"
    }
  }
}

# A new token for each run, for the user who runs it.
provider "helm" {
  kubernetes = {
    host                   = module.environment.cluster_endpoint
    cluster_ca_certificate = base64decode(module.environment.cluster_certificate_authority)
    exec = {
      api_version = "client.authentication.k8s.io/v1beta1"
      command     = "aws"
      args        = ["eks", "get-token", "--region", var.region, "--cluster-name", module.environment.cluster_name]
    }
  }
}
