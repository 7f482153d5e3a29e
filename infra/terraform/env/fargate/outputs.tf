output "load_balancer" {
  description = "Where the host name of the certificate has to lead, as an alias or CNAME."
  value       = module.fargate.load_balancer
}

output "api_key_secret" {
  description = "The secret that gets the entries of hack/new-key."
  value       = module.fargate.api_key_secret
}
