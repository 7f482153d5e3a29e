variable "name" {
  description = "Name of the role."
  type        = string
}

variable "github_repository" {
  description = "Whose workflows may push: owner/name or owner@id/name@id, as docs/aws.md says."
  type        = string

  validation {
    condition     = can(regex("^([A-Za-z0-9_-]+/[A-Za-z0-9._-]+|[A-Za-z0-9_-]+@[0-9]+/[A-Za-z0-9._-]+@[0-9]+)$", var.github_repository))
    error_message = "A repository is owner/name or owner@id/name@id, and has no wildcard."
  }
}

variable "github_subject" {
  description = "Of that repository's runs only these: `ref:refs/heads/BRANCH`, or `environment:NAME`."
  type        = string

  validation {
    condition     = can(regex("^(ref:refs/heads/|environment:)[A-Za-z0-9._/-]+$", var.github_subject))
    error_message = "A branch or an environment, and no wildcard."
  }
}

variable "registry_arn" {
  description = "The only repository that the role may push to."
  type        = string
}
