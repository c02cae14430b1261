using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace SupSup.Documents.Tests.Running;

/// <summary>Samples that are one file each, which no project compiles.</summary>
public sealed class ProgramTests
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
            + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    public static TheoryData<string> Programs =>
        [.. Directory.EnumerateFiles(Repository.In("samples"), "*.cs").Select(file => Path.GetRelativePath(Repository.Folder, file))];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Given_a_program_of_one_file_when_compiled_then_there_is_no_error(string path)
    {
        CSharpParseOptions options = CSharpParseOptions.Default.WithFeatures([new("FileBasedProgram", "true")]);
        IEnumerable<SyntaxTree> trees = new[] { ImplicitUsings, File.ReadAllText(Repository.In(path)) }
            .Select(text => CSharpSyntaxTree.ParseText(text, options, cancellationToken: TestContext.Current.CancellationToken));
        CSharpCompilation program = CSharpCompilation.Create("program", trees, CodeSession.References);
        Assert.Empty(program.GetDiagnostics(TestContext.Current.CancellationToken)
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.ToString()));
    }
}
