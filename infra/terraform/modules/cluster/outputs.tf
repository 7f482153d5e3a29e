output "name" {
  description = "Name of the cluster."
  value       = module.eks.cluster_name
}

output "endpoint" {
  description = "URL of Kubernetes's API."
  value       = module.eks.cluster_endpoint
}

output "certificate_authority" {
  description = "Certificate of the authority of that URL, PEM in base64."
  value       = module.eks.cluster_certificate_authority_data
}
