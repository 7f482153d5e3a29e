output "role_arn" {
  description = "The role that the workflow names."
  value       = aws_iam_role.this.arn
}
