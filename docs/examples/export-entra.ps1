# PowerShell 7 or 5.1 with the module Microsoft.Graph.Users. The app registration has the application permission
# User.Read.All and a certificate in the store of the account that runs the task.
$ErrorActionPreference = 'Stop'
$columns = 'Id', 'DisplayName', 'UserPrincipalName', 'Mail', 'Department', 'OfficeLocation', 'JobTitle',
    'EmployeeType', 'PreferredLanguage', 'AccountEnabled', 'UserType'

Connect-MgGraph -TenantId '<tenant id>' -ClientId '<application id>' -CertificateThumbprint '<thumbprint>' -NoWelcome
Get-MgUser -All -Property $columns |
    Select-Object $columns |
    Sort-Object Id |
    Export-Csv 'employees.new' -NoTypeInformation -Encoding UTF8
Move-Item -Force 'employees.new' 'employees.csv'
