variable "name" {
  description = "Name of the cluster."
  type        = string
}

variable "kubernetes_version" {
  description = "Version of Kubernetes, as 1.36."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "node_subnets" {
  description = "Private subnets, for the nodes."
  type        = list(string)
}

variable "control_plane_subnets" {
  description = "Subnets for the control plane's interfaces."
  type        = list(string)
}

variable "api_access_cidrs" {
  description = "From where Kubernetes's API may be asked over the internet; none: only from within the network."
  type        = list(string)

  validation {
    condition     = alltrue([for cidr in var.api_access_cidrs : can(cidrhost(cidr, 0)) && !endswith(cidr, "/0")])
    error_message = "Each is a block of addresses, and none is the whole internet."
  }
}

variable "administrators" {
  description = "ARNs of the IAM roles, besides the one that applies this, that may do everything in the cluster."
  type        = list(string)
}

variable "instance_types" {
  description = "Types of the nodes' machines, x86_64."
  type        = list(string)
}

variable "nodes" {
  description = "How many nodes."
  type        = object({ min = number, max = number })

  validation {
    condition     = var.nodes.min >= 3 && var.nodes.max >= var.nodes.min
    error_message = "Three nodes or more: PostgreSQL's instances and the API's pods each want a node of their own."
  }
}
