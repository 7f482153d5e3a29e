region             = "eu-central-1"
kubernetes_version = "1.36"
zones              = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
network_cidr       = "10.20.0.0/16"
single_nat_gateway = false
instance_types     = ["m7i.large"]
nodes              = { min = 3, max = 9 }

# Your own networks, such as 203.0.113.7/32. If empty, you can apply this only from within the network.
api_access_cidrs = []

# The name in GitHub's tokens. If the repository was created, renamed or transferred since 15 July 2026, it contains
# ids: owner@id/name@id.
github_repository = "mini-api/mini-api"
