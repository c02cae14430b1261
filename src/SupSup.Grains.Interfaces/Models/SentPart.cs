namespace SupSup.Grains.Interfaces.Models;

/// <summary>A part of data that were sent.</summary>
/// <param name="Checksum">Its SHA-256, 64 lower-case hexadecimal digits.</param>
/// <param name="Bytes">Size in bytes.</param>
[GenerateSerializer, Immutable, Alias("supsup.sent-part")]
public sealed record SentPart([property: Id(0)] string Checksum, [property: Id(1)] int Bytes);
