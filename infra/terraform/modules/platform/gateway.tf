# Envoy Gateway, for k8s/components/gateway, behind a network load balancer. It installs the version of the Gateway
# API's CRDs that Flux then keeps.
resource "helm_release" "gateway" {
  name             = "envoy-gateway"
  namespace        = "envoy-gateway-system"
  create_namespace = true
  repository       = "oci://docker.io/envoyproxy"
  chart            = "gateway-helm"
  version          = "v1.9.0"

  # Flux applies that policy, together with the CRDs.
  values = [yamlencode({
    crds = { gatewayAPI = { safeUpgradePolicy = { enabled = false } } }
  })]
}

resource "helm_release" "gateway_class" {
  name      = "gateway-class"
  namespace = helm_release.gateway.namespace
  chart     = "${path.module}/../../charts/objects"

  values = [yamlencode({
    objects = [
      {
        apiVersion = "gateway.envoyproxy.io/v1alpha1"
        kind       = "EnvoyProxy"
        metadata   = { name = "public", namespace = helm_release.gateway.namespace }
        spec = {
          provider = {
            type = "Kubernetes"
            kubernetes = {
              envoyDeployment = { replicas = 2 }
              envoyService = {
                loadBalancerClass = "service.k8s.aws/nlb"
                annotations = {
                  "service.beta.kubernetes.io/aws-load-balancer-scheme"          = "internet-facing"
                  "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type" = "ip"
                  # Envoy puts the client's address into X-Forwarded-For, not the load balancer's, so there is one proxy
                  # to trust.
                  "service.beta.kubernetes.io/aws-load-balancer-target-group-attributes" = "preserve_client_ip.enabled=true"
                }
              }
            }
          }
        }
      },
      {
        apiVersion = "gateway.networking.k8s.io/v1"
        kind       = "GatewayClass"
        # The name that k8s/components/gateway uses.
        metadata = { name = "eg" }
        spec = {
          controllerName = "gateway.envoyproxy.io/gatewayclass-controller"
          parametersRef = {
            group     = "gateway.envoyproxy.io"
            kind      = "EnvoyProxy"
            name      = "public"
            namespace = helm_release.gateway.namespace
          }
        }
      },
    ]
  })]

  depends_on = [helm_release.load_balancer_controller]
}
