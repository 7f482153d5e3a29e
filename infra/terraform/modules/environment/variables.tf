variable "environment" {
  description = "staging or production, which is also the directory of k8s/flux/clusters and k8s/overlays."
  type        = string
}

variable "region" {
  description = "The region."
  type        = string
}

variable "kubernetes_version" {
  description = "Version of Kubernetes, as 1.36."
  type        = string
}

variable "zones" {
  description = "Three zones of the region, by name."
  type        = list(string)
}

variable "network_cidr" {
  description = "Addresses of the network, a /16."
  type        = string
}

variable "single_nat_gateway" {
  description = "One way out for all zones instead of one each."
  type        = bool
}

variable "api_access_cidrs" {
  description = "From where Kubernetes's API may be asked over the internet."
  type        = list(string)
}

variable "administrators" {
  description = "ARNs of further IAM roles that may do everything in the cluster."
  type        = list(string)
}

variable "instance_types" {
  description = "Types of the nodes' machines, x86_64."
  type        = list(string)
}

variable "nodes" {
  description = "How many nodes."
  type        = object({ min = number, max = number })
}

variable "github_repository" {
  description = "Whose workflows may push: owner/name or owner@id/name@id, as docs/aws.md says."
  type        = string
}

variable "github_subject" {
  description = "Which of the repository's workflow runs may push: `ref:refs/heads/BRANCH`, or `environment:NAME`."
  type        = string
}
