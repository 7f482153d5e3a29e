terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.67.0"
    }
    random = {
      source  = "hashicorp/random"
      version = "3.8.0"
    }
  }

  # state.s3.tfbackend contains bucket, region and encryption key: docs/aws.md.
  backend "s3" {
    key          = "fargate.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      application = "mini-api"
      environment = "fargate"
      managed-by  = "infra/terraform/env/fargate"
    }
  }
}
