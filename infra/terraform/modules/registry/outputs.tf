output "url" {
  description = "Where to push to and pull from."
  value       = aws_ecr_repository.this.repository_url
}

output "arn" {
  description = "The repository, for policies."
  value       = aws_ecr_repository.this.arn
}
