import type { APIService } from '../../../schema/v1.37/types/apiregistration-v1.ts';
import type { UserInfo } from '../contracts.ts';
import { frontProxyHeaders } from '../authn/front-proxy.ts';
import type { ServerContext } from '../context.ts';
import { connectEndpoint, serviceEndpoint } from '../streams/cluster-connector.ts';
import type { ProxyTarget } from '../streams/reverse-proxy.ts';

export interface FrontProxyClient { certificatePem: string; privateKeyPem: string }

export function isExtension(service: APIService): boolean {
  return service.spec?.service !== undefined && service.spec.service !== null;
}

/** Where requests of an APIService go. Throws StatusError 404 or 503 while its Service has no endpoint. */
export async function extensionTarget(context: ServerContext, client: FrontProxyClient, service: APIService, path: string, user: UserInfo): Promise<ProxyTarget> {
  const { service: reference, caBundle, insecureSkipTLSVerify } = service.spec ?? {};
  const { namespace = '', name = '', port = 443 } = reference ?? {};
  const endpoint = await serviceEndpoint(context, namespace, name, String(port));
  return {
    secure: true, host: `${name}.${namespace}.svc`, port, path, connect: () => connectEndpoint(context, endpoint), headers: frontProxyHeaders(user),
    tls: {
      servername: `${name}.${namespace}.svc`, cert: client.certificatePem, key: client.privateKeyPem, rejectUnauthorized: insecureSkipTLSVerify !== true,
      ...(caBundle ? { ca: Buffer.from(caBundle, 'base64') } : {}),
    },
  };
}
