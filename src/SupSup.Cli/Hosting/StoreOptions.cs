namespace SupSup.Cli.Hosting;

/// <summary>Options that every command over the embedded silo takes.</summary>
/// <param name="Store">Folder of models and masks.</param>
/// <param name="Data">Folder of datasets.</param>
/// <param name="Verbose">Whether the silo's log goes to stderr.</param>
internal sealed record StoreOptions(string Store, string Data, bool Verbose);
