variable "region" {
  description = "The region."
  type        = string
}

variable "kubernetes_version" {
  description = "Version of Kubernetes. docs/deploy.md says what needs which."
  type        = string
}

variable "zones" {
  description = "Three zones of the region, by name."
  type        = list(string)
}

variable "network_cidr" {
  description = "Addresses of the network, a /16 that no other of yours has."
  type        = string
}

variable "single_nat_gateway" {
  description = "One way out for all zones instead of one each: cheaper, and lost with its zone."
  type        = bool
}

variable "api_access_cidrs" {
  description = "From where Kubernetes's API may be asked over the internet: who applies this is there."
  type        = list(string)
}

variable "administrators" {
  description = "ARNs of the IAM roles, besides the one that applies this, that may do everything in the cluster."
  type        = list(string)
  default     = []
}

variable "instance_types" {
  description = "Types of the nodes' machines, x86_64."
  type        = list(string)
}

variable "nodes" {
  description = "How many nodes, three or more."
  type        = object({ min = number, max = number })
}

variable "github_repository" {
  description = "Whose workflows may push: owner/name or owner@id/name@id, as docs/aws.md says."
  type        = string
}
