namespace SupSup.Shared;

/// <summary>Where a program's own certificate is.</summary>
/// <param name="Certificate">File of the certificate and its chain: PEM, or PFX.</param>
/// <param name="Key">File of the private key, for PEM.</param>
/// <param name="Password">Password of the key or the PFX file.</param>
internal sealed record CertificateSource(string Certificate, string? Key, string? Password);
