variable "environment" {
  description = "Which of k8s/flux/clusters this cluster is."
  type        = string
}
