# k8s/components/monitoring uses these names.
resource "helm_release" "prometheus" {
  name             = "kube-prometheus-stack"
  namespace        = "monitoring"
  create_namespace = true
  repository       = "https://prometheus-community.github.io/helm-charts"
  chart            = "kube-prometheus-stack"
  version          = "88.5.3"
  timeout          = 900

  values = [yamlencode({
    # EKS runs these components and does not expose their metrics.
    kubeControllerManager = { enabled = false }
    kubeScheduler         = { enabled = false }
    kubeEtcd              = { enabled = false }
    grafana = {
      sidecar = { dashboards = { searchNamespace = "ALL" } }
    }
    prometheus = {
      prometheusSpec = {
        retention = "15d"
        storageSpec = {
          volumeClaimTemplate = {
            spec = {
              accessModes = ["ReadWriteOnce"]
              resources   = { requests = { storage = "50Gi" } }
            }
          }
        }
      }
    }
  })]

  depends_on = [helm_release.storage]
}
