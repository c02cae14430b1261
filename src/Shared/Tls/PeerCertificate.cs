using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SupSup.Shared;

/// <summary>Judges the certificate of who is at the other end of a connection.</summary>
internal static class PeerCertificate
{
    /// <summary>What a certificate is for that is shown by who accepts a connection (RFC 5280, section 4.2.1.12).</summary>
    public const string ServerUse = "1.3.6.1.5.5.7.3.1";

    /// <summary>What it is for where it is shown by who opens one.</summary>
    public const string ClientUse = "1.3.6.1.5.5.7.3.2";

    /// <summary>Why a certificate does not do, as the end of a sentence that begins with it; null if it does.</summary>
    /// <param name="certificate">The certificate; null where none was shown.</param>
    /// <param name="sent">Others that came with it, of which its chain may be made.</param>
    /// <param name="authority">The roots that are trusted, and none besides.</param>
    /// <param name="use"><see cref="ServerUse"/> or <see cref="ClientUse"/>.</param>
    /// <param name="name">The DNS name that it must carry; null for any.</param>
    public static string? Refusal(
        X509Certificate2? certificate, IEnumerable<X509Certificate2> sent, X509Certificate2Collection authority, string use, string? name)
    {
        if (certificate is null) return "is missing";
        using X509Chain chain = new();
        X509ChainPolicy policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(authority);
        foreach (X509Certificate2 other in sent) policy.ExtraStore.Add(other);
        policy.RevocationMode = X509RevocationMode.NoCheck; // an authority of one's own gives short lives instead
        policy.DisableCertificateDownloads = true;
        policy.ApplicationPolicy.Add(new Oid(use));
        if (!chain.Build(certificate)) return Reason(certificate, chain.ChainStatus, use);
        return name is null || certificate.MatchesHostname(name, allowWildcards: false, allowCommonName: false)
            ? null
            : $"does not carry the DNS name '{name}', by which silos are known";
    }

    private static string Reason(X509Certificate2 certificate, X509ChainStatus[] statuses, string use)
    {
        X509ChainStatusFlags all = statuses.Aggregate(X509ChainStatusFlags.NoError, (flags, status) => flags | status.Status);
        DateTime now = DateTime.UtcNow;
        if (now > certificate.NotAfter.ToUniversalTime()) return $"expired at {Utc(certificate.NotAfter)}";
        if (now < certificate.NotBefore.ToUniversalTime()) return $"is valid only from {Utc(certificate.NotBefore)} on";
        if ((all & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot)) != 0)
            return $"was issued by '{certificate.Issuer}', which is none of the authority's file, nor came with what leads to one";
        if ((all & X509ChainStatusFlags.NotValidForUsage) != 0)
            return $"is not meant for {(use == ServerUse ? "servers" : "clients")} (extended key usage)";
        return $"cannot be trusted: {string.Join("; ", statuses.Select(status => status.StatusInformation.Trim()))}";
    }

    private static string Utc(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
