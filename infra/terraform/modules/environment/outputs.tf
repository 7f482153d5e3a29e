output "cluster_name" {
  description = "Name of the cluster."
  value       = module.cluster.name
}

output "cluster_endpoint" {
  description = "URL of Kubernetes's API."
  value       = module.cluster.endpoint
}

output "cluster_certificate_authority" {
  description = "Certificate of the authority of that URL, PEM in base64."
  value       = module.cluster.certificate_authority
}

output "registry_url" {
  description = "Where the pipeline pushes to."
  value       = module.registry.url
}

output "pipeline_role_arn" {
  description = "The role that the workflow names."
  value       = module.pipeline.role_arn
}
