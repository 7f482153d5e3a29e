variable "region" {
  description = "Where the state lies."
  type        = string
  default     = "eu-central-1"
}
