using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace SupSup.Silo.Security;

/// <summary>The public key that tokens are signed with.</summary>
internal static class TokenKey
{
    /// <summary>Reads a key, RSA or elliptic curve, in PEM.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="FormatException">It holds no such key.</exception>
    public static SecurityKey Read(string file)
    {
        string pem = File.ReadAllText(file);
        if (Read(RSA.Create(), pem) is { } rsa) return new RsaSecurityKey(rsa);
        if (Read(ECDsa.Create(), pem) is { } curve) return new ECDsaSecurityKey(curve);
        throw new FormatException("it has no public key in PEM form (RSA or elliptic curve)");
    }

    private static T? Read<T>(T key, string pem)
        where T : AsymmetricAlgorithm
    {
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            return null;
        }
    }
}
