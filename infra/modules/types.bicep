// The types of parameters that have a structure.

@export()
@description('One entry of ipSecurityRestrictions of Azure App Service.')
type accessRestriction = {
  name: string
  priority: int
  action: 'Allow' | 'Deny'
  @description('An address range, or a service tag if tag is ServiceTag.')
  ipAddress: string?
  tag: ('Default' | 'ServiceTag')?
  vnetSubnetResourceId: string?
  @description('Accepted values of headers, by name. Each header of a request must have one of its values.')
  headers: { *: string[] }?
}

@export()
@description('How a sender of webhooks proves itself, and in what format it sends: docs/webhooks.md.')
@discriminator('scheme')
type sender = basic | bearer | header | standardWebhooks | hmac | jwt

type basic = { scheme: 'basic', format: string, user: string }
type bearer = { scheme: 'bearer', format: string }
type header = { scheme: 'header', format: string, header: string }
type standardWebhooks = { scheme: 'standardWebhooks', format: string }
type hmac = {
  scheme: 'hmac'
  format: string
  header: string
  algorithm: ('sha1' | 'sha256' | 'sha512')?
  encoding: ('hex' | 'base64')?
  prefix: string?
  signed: string[]?
  separator: string?
  timestampHeader: string?
}
type jwt = { scheme: 'jwt', format: string, keys: string, issuer: string?, audience: string? }
