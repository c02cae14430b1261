using System.Diagnostics.CodeAnalysis;

namespace SupSup.Storage;

/// <summary>The name of a stored record, the same in every kind of store.</summary>
/// <param name="State">State name, without '-' and '/'.</param>
/// <param name="Type">Grain type, without '/'.</param>
/// <param name="Key">Grain key.</param>
public readonly record struct RecordName(string State, string Type, string Key)
{
    /// <summary>The grain whose record it is.</summary>
    public GrainId Grain => GrainId.Create(Type, Key);

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name, where there is one.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out RecordName? name)
    {
        int dash = text.IndexOf('-', StringComparison.Ordinal), slash = text.IndexOf('/', StringComparison.Ordinal);
        name = dash > 0 && slash > dash + 1 && slash < text.Length - 1
            ? new RecordName(text[..dash], text[(dash + 1)..slash], text[(slash + 1)..])
            : null;
        return name is not null;
    }

    /// <summary>"state-type/key".</summary>
    public override string ToString() => $"{State}-{Type}/{Key}";
}
