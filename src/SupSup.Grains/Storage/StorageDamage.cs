namespace SupSup.Grains.Storage;

/// <summary>Tells damage from other failures of the store; the host knows its storage provider's exceptions.</summary>
/// <param name="IsDamage">Whether an exception says that a record is there but cannot be read.</param>
public sealed record StorageDamage(Func<Exception, bool> IsDamage);
