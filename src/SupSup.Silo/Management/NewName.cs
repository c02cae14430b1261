namespace SupSup.Silo.Management;

/// <summary>What something is to be called.</summary>
/// <param name="Name">The name.</param>
internal sealed record NewName(string Name);
