output "vpc_id" {
  description = "The network."
  value       = module.vpc.vpc_id
}

output "public_subnets" {
  description = "Subnets with a public address."
  value       = module.vpc.public_subnets
}

output "private_subnets" {
  description = "Subnets that reach the internet and are not reached from it."
  value       = module.vpc.private_subnets
}

output "intra_subnets" {
  description = "Subnets without the internet."
  value       = module.vpc.intra_subnets
}
