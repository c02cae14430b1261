using SupSup.Cli.Hosting;

namespace SupSup.Cli.Serving;

/// <summary>Which service a command talks to.</summary>
/// <param name="Server">Address of a silo; null for the store of this machine, through the silo that serves it or one in this
/// process.</param>
/// <param name="Key">API key or token; null for none.</param>
/// <param name="Store">The store of this machine.</param>
internal sealed record ServiceOptions(Uri? Server, string? Key, StoreOptions Store);
