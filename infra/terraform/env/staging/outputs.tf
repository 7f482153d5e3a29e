output "kubeconfig" {
  description = "The command that lets kubectl in."
  value       = "aws eks update-kubeconfig --region ${var.region} --name ${module.environment.cluster_name}"
}

output "registry_url" {
  description = "AWS_ECR_REPOSITORY of the environment on GitHub."
  value       = module.environment.registry_url
}

output "pipeline_role_arn" {
  description = "AWS_ECR_ROLE of the environment on GitHub."
  value       = module.environment.pipeline_role_arn
}
