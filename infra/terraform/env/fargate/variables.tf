variable "region" {
  description = "The region."
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

variable "image" {
  description = "The production image with its digest, as ghcr.io/mini-api/mini-api-server:<version>@sha256:<digest>"
  type        = string
}

variable "certificate_arn" {
  description = "Certificate of the host name that leads to the load balancer, in ACM of the same region."
  type        = string
}

variable "database_ca" {
  description = "File with the certificate of the authority that signs the database's, PEM: docs/aws.md."
  type        = string
  default     = "rds-ca.pem"
}

variable "passwords_version" {
  description = "One more gives the database and Redis new passwords."
  type        = number
  default     = 1
}

variable "tasks" {
  description = "How many copies of the API."
  type        = object({ min = number, max = number })
}
