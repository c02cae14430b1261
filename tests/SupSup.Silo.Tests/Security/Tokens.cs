using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace SupSup.Silo.Tests.Security;

/// <summary>Makes tokens as an authority does.</summary>
/// <param name="key">What they are signed with.</param>
/// <param name="algorithm">How.</param>
internal sealed class Tokens(AsymmetricSecurityKey key, string algorithm) : IDisposable
{
    public const string Issuer = "https://issuer.example.org";
    public const string Audience = "supsup";

    private readonly string _file = Path.GetTempFileName();

    public SecurityKey Key => key;

    /// <summary>The file of the public key.</summary>
    public string PublicKeyFile
    {
        get
        {
            File.WriteAllText(_file, key is RsaSecurityKey rsa
                ? rsa.Rsa.ExportSubjectPublicKeyInfoPem()
                : ((ECDsaSecurityKey)key).ECDsa.ExportSubjectPublicKeyInfoPem());
            return _file;
        }
    }

    public static Tokens Rsa() =>
        new(new RsaSecurityKey(RSA.Create(2048)) { KeyId = Guid.NewGuid().ToString("N") }, SecurityAlgorithms.RsaSha256);

    public static Tokens Curve() => new(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256))
    {
        KeyId = Guid.NewGuid().ToString("N"),
    }, SecurityAlgorithms.EcdsaSha256);

    /// <summary>Makes a token.</summary>
    public string Make(
        object roles, string issuer = Issuer, string audience = Audience, int minutes = 10, string claim = "roles",
        params (string Claim, object Value)[] more) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            NotBefore = DateTime.UtcNow.AddHours(-1),
            Expires = DateTime.UtcNow.AddMinutes(minutes),
            Claims = new Dictionary<string, object>(more.Select(one => KeyValuePair.Create(one.Claim, one.Value)))
            {
                ["sub"] = "carol",
                [claim] = roles,
            },
            SigningCredentials = new SigningCredentials(key, algorithm),
        });

    /// <summary>The same token, which says that it is not signed.</summary>
    public static string Unsigned(string token) =>
        $"{Base64UrlEncoder.Encode("{\"alg\":\"none\",\"typ\":\"JWT\"}")}.{token.Split('.')[1]}.";

    public void Dispose()
    {
        if (key is RsaSecurityKey rsa) rsa.Rsa.Dispose();
        else ((ECDsaSecurityKey)key).ECDsa.Dispose();
        File.Delete(_file);
    }
}
