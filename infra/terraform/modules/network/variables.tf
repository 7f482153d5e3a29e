variable "name" {
  description = "Name of the network, and of what is in it."
  type        = string
}

variable "cidr" {
  description = "Addresses of the network, a /16."
  type        = string

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && endswith(var.cidr, "/16")
    error_message = "The network is a /16, of which the subnets are cut."
  }
}

variable "single_nat_gateway" {
  description = "One way out for all zones instead of one each: cheaper, and lost with its zone."
  type        = bool
}

variable "zones" {
  description = "Three zones of the region, by name: a list that AWS adds to would move subnets."
  type        = list(string)

  validation {
    condition     = length(distinct(var.zones)) == 3
    error_message = "Three zones, each once."
  }
}
