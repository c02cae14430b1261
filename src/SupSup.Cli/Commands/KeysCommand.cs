using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SupSup.Experiments.Files;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Security;

namespace SupSup.Cli.Commands;

/// <summary>`supsup keys`: the file of API keys that Security:KeysFile names.</summary>
internal static class KeysCommand
{
    private static readonly string[] Roles = ["reader", "trainer", "admin"];

    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common) => new DocumentedCommand(
        "keys", "create, list and revoke API keys", "Silos that name the file in Security:KeysFile ask for one of its keys.",
        "supsup keys create --file keys.json --name ci --role trainer", "supsup keys list --file keys.json",
        "supsup silo --Security:KeysFile=keys.json") { CreateKey(common), List(common), Revoke() };

    private static DocumentedCommand CreateKey(CommonOptions common)
    {
        (Option<string> file, Option<string> name) = (File(), Name());
        Option<string?> role = Validation.Choice(
            "--role", "what the key allows: reader infers and reads, trainer also creates and trains, admin also deletes",
            "reader|trainer|admin", null, Roles);
        (role.DefaultValueFactory, role.Required) = (null, true);
        Option<int?> days = Validation.OptionalNumber("--days", "days until it expires (default: never)", 1, 36_500);
        Option<string?> models = Patterns("--models", "models that the key is limited to", "acme-*,shared");
        Option<string?> tasks = Patterns("--tasks", "tasks that it is limited to, by their names", "acme-*");
        DocumentedCommand command = new(
            "create",
            "create a key; it is printed once, and only its hash is kept",
            "Silos read the file again within seconds. Send the key as the header `Authorization: Bearer KEY` or `X-Api-Key: KEY`. Models "
                + "and tasks beyond those that it is limited to are to it as if they were not there.",
            "supsup keys create --file keys.json --name ci --role trainer",
            "supsup keys create --file keys.json --name dashboard --role reader --days 90",
            "supsup keys create --file keys.json --name acme --role trainer --models 'acme-*,shared'")
        { file, name, role, days, models, tasks, common.Json };
        command.SetAction(result =>
        {
            string path = Path.GetFullPath(result.GetValue(file)!);
            ApiKeyFile keys = System.IO.File.Exists(path) ? Read(path) : new ApiKeyFile { Keys = [] };
            string wanted = result.GetValue(name)!;
            if (keys.Keys.Any(key => key.Name == wanted)) throw new SupSupException(
                SupSupError.Conflict, $"{path} already has a key '{wanted}'; revoke it first, or choose another --name");
            DateTimeOffset? expires = result.GetValue(days) is { } count ? DateTimeOffset.UtcNow.AddDays(count) : null;
            (string secret, ApiKey kept) =
                Make(wanted, result.GetValue(role)!, expires, Split(result.GetValue(models)), Split(result.GetValue(tasks)));
            Write(path, keys with { Keys = [.. keys.Keys, kept] });
            Console.Out.WriteLine(result.GetValue(common.Json)
                ? JsonSerializer.Serialize(new
                {
                    key = secret,
                    name = kept.Name,
                    role = kept.Role,
                    expires = kept.Expires,
                    models = kept.Models,
                    tasks = kept.Tasks,
                })
                : secret);
            return 0;
        });
        return command;
    }

    private static DocumentedCommand List(CommonOptions common)
    {
        Option<string> file = File();
        DocumentedCommand command =
            new("list", "list the keys of a file", "Lists names, roles, expiry and limits; the keys themselves are not stored.",
                "supsup keys list --file keys.json") { file, common.Json };
        command.SetAction(result =>
        {
            ApiKeyFile keys = Read(Path.GetFullPath(result.GetValue(file)!));
            if (result.GetValue(common.Json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(new
                {
                    keys = keys.Keys.Select(key => new
                    {
                        name = key.Name,
                        role = key.Role,
                        expires = key.Expires,
                        models = key.Models,
                        tasks = key.Tasks,
                    }),
                }));
                return 0;
            }

            Table table = new Table().Border(TableBorder.Rounded).AddColumns("name", "role", "expires", "models", "tasks");
            foreach (ApiKey key in keys.Keys)
                table.AddRow(
                    Markup.Escape(key.Name), key.Role, key.Expires is { } expires ? $"{expires:u}" : "never", Limit(key.Models),
                    Limit(key.Tasks));
            AnsiConsole.Console.Write(table);
            return 0;
        });
        return command;
    }

    private static DocumentedCommand Revoke()
    {
        (Option<string> file, Option<string> name) = (File(), Name());
        DocumentedCommand command = new("revoke", "remove a key from a file", "Silos reject it within seconds.",
            "supsup keys revoke --file keys.json --name ci") { file, name };
        command.SetAction(result =>
        {
            string path = Path.GetFullPath(result.GetValue(file)!);
            string gone = result.GetValue(name)!;
            ApiKeyFile keys = Read(path);
            ApiKey[] left = [.. keys.Keys.Where(key => key.Name != gone)];
            if (left.Length == keys.Keys.Count)
                throw new SupSupException(SupSupError.NotFound, $"{path} has no key '{gone}'; see: supsup keys list --file {path}");
            Write(path, keys with { Keys = left });
            return 0;
        });
        return command;
    }

    private static Option<string> File() => new("--file") { Description = "keys file", HelpName = "FILE", Required = true };

    private static Option<string> Name() => new("--name") { Description = "who has the key", HelpName = "NAME", Required = true };

    private static Option<string?> Patterns(string option, string what, string example) => new(option)
    {
        Description = $"{what}, with commas between and * for any characters, such as '{example}' (default: all)",
        HelpName = "PATTERNS",
    };

    private static string[]? Split(string? patterns) => patterns?.Split(',', StringSplitOptions.TrimEntries);

    private static string Limit(IReadOnlyList<string>? patterns) => patterns is null ? "all" : Markup.Escape(string.Join(", ", patterns));

    private static (string Secret, ApiKey Kept) Make(
        string name, string role, DateTimeOffset? expires, string[]? models, string[]? tasks)
    {
        try
        {
            return ApiKey.Create(name, role, expires, models, tasks);
        }
        catch (FormatException e)
        {
            throw new SupSupException(SupSupError.InvalidRequest, $"--name '{name.ReplaceLineEndings(" ")}': {e.Message}");
        }
    }

    private static ApiKeyFile Read(string path)
    {
        try
        {
            return ApiKeyFile.Parse(System.IO.File.ReadAllBytes(path));
        }
        catch (FormatException e)
        {
            throw new SupSupException(SupSupError.InvalidRequest, $"{path}: {e.Message}");
        }
        catch (FileNotFoundException)
        {
            throw new SupSupException(SupSupError.NotFound, $"there is no file {path}; make one with: supsup keys create");
        }
    }

    // A new file is readable by its owner alone: hashes of random keys tell nothing, names and roles might. One that is there is written
    // in place, since silos that read it may run as another user: what they may read must stay so, or they would go on with revoked keys.
    private static void Write(string path, ApiKeyFile keys)
    {
        if (System.IO.File.Exists(path))
        {
            System.IO.File.WriteAllBytes(path, keys.ToBytes());
            return;
        }

        AtomicFile.Write(path, temporary =>
        {
            System.IO.File.WriteAllBytes(temporary, keys.ToBytes());
            if (!OperatingSystem.IsWindows()) System.IO.File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        });
    }
}
