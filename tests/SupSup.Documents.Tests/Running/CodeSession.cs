using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.Extensions.Hosting;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.Storage.AzureBlobs;

namespace SupSup.Documents.Tests.Running;

/// <summary>The C# of a document, compiled and run block by block: what one declares the next ones have.</summary>
internal sealed class CodeSession
{
    /// <summary>All that the tests refer to.</summary>
    public static IReadOnlyList<MetadataReference> References { get; } =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path))];

    private static readonly ScriptOptions Options = ScriptOptions.Default
        .WithReferences(References)
        .WithImports(
            "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks",
            typeof(IHost).Namespace!, typeof(SupSupClient).Namespace!, typeof(ModelSpec).Namespace!, "Orleans.Hosting",
            typeof(BlobGrainStorage).Namespace!);

    private ScriptState<object>? _state;

    /// <summary>Runs a block.</summary>
    /// <param name="shown">The block as the document has it, which must compile too.</param>
    /// <param name="run">What is run for it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(string shown, string run, CancellationToken cancellationToken)
    {
        Continue(shown).Compile(cancellationToken);
        Script<object> script = Continue(run);
        _state = _state is null
            ? await script.RunAsync(cancellationToken: cancellationToken)
            : await script.RunFromAsync(_state, cancellationToken);
    }

    // A script keeps what it declares until it ends, so nothing is disposed between its blocks.
    private Script<object> Continue(string code)
    {
        string text = code.Replace("await using ", "", StringComparison.Ordinal);
        return _state is null ? CSharpScript.Create(text, Options) : _state.Script.ContinueWith(text, Options);
    }
}
