namespace SupSup.Storage.Tests.LocalDirectory;

/// <summary>Every kind of record in files of version 1, which do not say whose they are: only parts with the same fields are alike, and
/// those who read them compare a checksum of their own.</summary>
public sealed class FirstVersionTests(OrleansSerialization serialization) : RecordKindTests(serialization)
{
    protected override int Version => 1;

    protected override (string There, string Asked)[] Alike => [("part", "weights"), ("weights", "part")];
}
