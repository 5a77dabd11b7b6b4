# Windows PowerShell 5.1 or PowerShell 7 with the module ActiveDirectory, as an account that may read the directory.
$ErrorActionPreference = 'Stop'
$columns = 'EmployeeID', 'GivenName', 'Surname', 'Company', 'Department', 'Title', 'EmailAddress', 'DistinguishedName'

Get-ADUser -Filter 'Enabled -eq $true' -SearchBase 'OU=Ansatte,DC=nes,DC=example' -Properties $columns |
    Select-Object $columns |
    Sort-Object EmployeeID |
    Export-Csv 'employees.new' -NoTypeInformation -Encoding UTF8
Move-Item -Force 'employees.new' 'employees.csv'
