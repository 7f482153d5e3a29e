output "load_balancer" {
  description = "Name of the load balancer in DNS."
  value       = aws_lb.this.dns_name
}

output "api_key_secret" {
  description = "The secret that gets the entries of hack/new-key."
  value       = aws_secretsmanager_secret.this["api_key"].name
}
