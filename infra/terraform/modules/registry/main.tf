# What GHCR has, a second time, for who wants it near: .github/workflows/publish.yaml pushes here too where
# GitHub has the variables for it.
resource "aws_ecr_repository" "this" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"

  encryption_configuration {
    encryption_type = "KMS"
  }

  image_scanning_configuration {
    scan_on_push = true
  }
}

# Releases stay. Signatures and SBOMs hang on their image and go with it.
resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "The last 50 pre-releases, such as 0.1.1-edge.42.g1a2b3c4"
      selection = {
        tagStatus      = "tagged"
        tagPatternList = ["*.*.*-*"]
        countType      = "imageCountMoreThan"
        countNumber    = 50
      }
      action = { type = "expire" }
    }]
  })
}
