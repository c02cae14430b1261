using SupSup.Silo.Security;

namespace SupSup.Silo.Tests.Security;

/// <summary>A file of keys, and the keys.</summary>
internal sealed class KeyFile : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-keys-").FullName;
    private readonly List<ApiKey> _kept = [];

    public KeyFile()
    {
        Reader = Add("ruth", "reader");
        Trainer = Add("tom", "trainer");
        Admin = Add("ada", "admin");
        Expired = Add("past", "admin", DateTimeOffset.UtcNow.AddMinutes(-1));
    }

    public string File => Path.Combine(_folder, "keys.json");

    public string Reader { get; }

    public string Trainer { get; }

    public string Admin { get; }

    public string Expired { get; }

    /// <summary>Adds a key.</summary>
    public string Add(string name, string role, DateTimeOffset? expires = null, string[]? models = null, string[]? tasks = null)
    {
        (string secret, ApiKey kept) = ApiKey.Create(name, role, expires, models, tasks);
        _kept.Add(kept);
        Write();
        return secret;
    }

    /// <summary>Takes one out.</summary>
    public void Revoke(string name)
    {
        _kept.RemoveAll(key => key.Name == name);
        Write();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write() => System.IO.File.WriteAllBytes(File, new ApiKeyFile { Keys = _kept }.ToBytes());
}
