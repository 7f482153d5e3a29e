variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "vpc_id" {
  description = "The network, because pods can't ask their node for it."
  type        = string
}

variable "region" {
  description = "The region, for the same reason."
  type        = string
}
