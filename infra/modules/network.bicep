// A virtual network with the private endpoints of storage and the key vault, and a subnet for the app's outbound traffic.

@description('Required. Region.')
param location string

@description('Required. Suffix of the resource names.')
param suffix string

@description('Required. Address space, a /24.')
param addressPrefix string

@description('Required. Id of the storage account.')
param storageAccountId string

@description('Required. Id of the key vault, or empty.')
param vaultId string

@description('Required. Tags.')
param tags { *: string }

// The storage services and the vault, each with the name of its zone and the resource that it belongs to.
var services = concat(
  map(['blob', 'queue', 'table'], service => {
    name: service
    zone: 'privatelink.${service}.${environment().suffixes.storage}'
    target: storageAccountId
  }),
  empty(vaultId) ? [] : [{ name: 'vault', zone: 'privatelink.vaultcore.azure.net', target: vaultId }]
)

resource vnet 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: 'vnet-${suffix}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          delegations: [
            { name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }
          ]
        }
      }
      {
        name: 'private'
        properties: { addressPrefix: cidrSubnet(addressPrefix, 26, 1) }
      }
    ]
  }

  resource appSubnet 'subnets' existing = {
    name: 'app'
  }

  resource privateSubnet 'subnets' existing = {
    name: 'private'
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for service in services: {
  name: service.zone
  location: 'global'
  tags: tags
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (service, i) in services: {
  parent: zones[i]
  name: 'vnet'
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: { id: vnet.id }
  }
}]

resource endpoints 'Microsoft.Network/privateEndpoints@2025-05-01' = [for service in services: {
  name: 'pe-${suffix}-${service.name}'
  location: location
  tags: tags
  properties: {
    subnet: { id: vnet::privateSubnet.id }
    privateLinkServiceConnections: [
      {
        name: service.name
        properties: {
          privateLinkServiceId: service.target
          groupIds: [service.name]
        }
      }
    ]
  }
}]

resource zoneGroups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = [for (service, i) in services: {
  parent: endpoints[i]
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      { name: service.name, properties: { privateDnsZoneId: zones[i].id } }
    ]
  }
}]

@description('Id of the subnet for the app\'s outbound traffic.')
output appSubnetId string = vnet::appSubnet.id
