variable "name" {
  description = "Name of everything here."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "public_subnets" {
  description = "Subnets for the load balancer."
  type        = list(string)
}

variable "private_subnets" {
  description = "Subnets for the API, which gets its image over the internet."
  type        = list(string)
}

variable "database_subnets" {
  description = "Subnets for PostgreSQL and Redis, which need no internet."
  type        = list(string)
}

variable "image" {
  description = "The production image, by digest."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "A tag may be moved between two tasks; end the image with @sha256: and its digest."
  }
}

variable "certificate_arn" {
  description = "Certificate of the load balancer, in ACM."
  type        = string
}

variable "database_ca" {
  description = "Certificate of the authority that signs the database's, as PEM text: one, for Spin reads the first."
  type        = string

  validation {
    condition     = length(regexall("-----BEGIN CERTIFICATE-----", var.database_ca)) == 1
    error_message = "Exactly one certificate."
  }
}

variable "passwords_version" {
  description = "One more gives the database and Redis new passwords, which no state holds."
  type        = number
}

variable "tasks" {
  description = "How many copies of the API."
  type        = object({ min = number, max = number })

  validation {
    condition     = var.tasks.min >= 2 && var.tasks.max >= var.tasks.min
    error_message = "Two or more: one may go with its zone."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 365
}

variable "state_directory" {
  description = "Where the image keeps its state, a VOLUME of it that belongs to its user."
  type        = string
  default     = "/state"
}
