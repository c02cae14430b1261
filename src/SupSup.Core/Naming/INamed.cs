namespace SupSup.Core.Naming;

/// <summary>What settings refer to by a name.</summary>
public interface INamed
{
    /// <summary>The name.</summary>
    string Name { get; }
}
