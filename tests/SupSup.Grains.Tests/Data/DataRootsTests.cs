using SupSup.Grains.Data;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tests.Data;

public sealed class DataRootsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-roots-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Given_folders_that_data_may_lie_in_when_a_path_is_outside_then_the_answer_does_not_tell_whether_it_is_there()
    {
        string data = Path.Combine(_folder, "data"), beside = Path.Combine(_folder, "data-of-others");
        Directory.CreateDirectory(Path.Combine(data, "flowers"));
        Directory.CreateDirectory(beside);
        File.WriteAllText(Path.Combine(beside, "there.csv"), "a,b\n1,2\n");
        Directory.CreateSymbolicLink(Path.Combine(data, "out"), beside);
        DataRoots roots = new($"{data}; /elsewhere");

        string[] open = [data, $"{data}/flowers?size=32", $"{data}/none", "/elsewhere/x", "mnist", "MNIST"];
        foreach (string within in open) roots.Check(within);
        foreach (string outside in new[] { beside, $"{data}/../data-of-others", $"{data}/out", "/", "there" })
        {
            string Refusal(string name)
            {
                SupSupException e = Assert.Throws<SupSupException>(() => roots.Check($"{outside}/{name}"));
                return e.Message.Replace(name, "NAME", StringComparison.Ordinal);
            }

            Assert.Equal(Refusal("missing.csv"), Refusal("there.csv"));
        }

        new DataRoots("").Check($"{beside}/there.csv");
    }
}
