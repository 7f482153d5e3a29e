region             = "eu-central-1"
zones              = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
network_cidr       = "10.30.0.0/16"
single_nat_gateway = false
tasks              = { min = 3, max = 12 }
