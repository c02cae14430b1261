using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>Sets VER_FLG_WEAK on one entry of an ELF64 little-endian library's .gnu.version_r section.</summary>
public sealed class WeakenVersionNeed : Task
{
    private const uint SectionTypeVersionNeed = 0x6ffffffe;
    private const ushort FlagWeak = 2;

    public string Library { get; set; } = "";

    public string VersionName { get; set; } = "";

    public override bool Execute()
    {
        byte[] elf = File.ReadAllBytes(Library);
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[4] != 2 || elf[5] != 1)
        {
            Log.LogError("{0} is not a 64-bit little-endian ELF file", Library);
            return false;
        }

        if (Weaken(elf))
        {
            // A new file takes the name, so that a hard link into the package cache is left alone.
            string fresh = Library + "." + Guid.NewGuid().ToString("N");
            File.WriteAllBytes(fresh, elf);
            File.SetLastWriteTimeUtc(fresh, File.GetLastWriteTimeUtc(Library));
            File.Delete(Library);
            File.Move(fresh, Library);
            Log.LogMessage(MessageImportance.Normal, "{0}: {1} is now a weak requirement", Library, VersionName);
        }

        return true;
    }

    private bool Weaken(byte[] elf)
    {
        bool changed = false;
        long sections = BitConverter.ToInt64(elf, 0x28);
        int sectionSize = BitConverter.ToUInt16(elf, 0x3a);
        int sectionCount = BitConverter.ToUInt16(elf, 0x3c);
        for (int s = 0; s < sectionCount; s++)
        {
            int header = (int)(sections + s * sectionSize);
            if (BitConverter.ToUInt32(elf, header + 4) != SectionTypeVersionNeed) continue;
            int strings = (int)BitConverter.ToInt64(elf, (int)sections + (int)BitConverter.ToUInt32(elf, header + 40) * sectionSize + 24);
            int need = (int)BitConverter.ToInt64(elf, header + 24);
            while (true)
            {
                int entries = BitConverter.ToUInt16(elf, need + 2);
                int entry = need + (int)BitConverter.ToUInt32(elf, need + 8);
                for (int i = 0; i < entries; i++)
                {
                    int name = strings + (int)BitConverter.ToUInt32(elf, entry + 8);
                    int end = Array.IndexOf(elf, (byte)0, name);
                    ushort flags = BitConverter.ToUInt16(elf, entry + 4);
                    if (Encoding.ASCII.GetString(elf, name, end - name) == VersionName && (flags & FlagWeak) == 0)
                    {
                        elf[entry + 4] |= (byte)FlagWeak;
                        changed = true;
                    }

                    entry += (int)BitConverter.ToUInt32(elf, entry + 12);
                }

                uint next = BitConverter.ToUInt32(elf, need + 12);
                if (next == 0) break;
                need += (int)next;
            }
        }

        return changed;
    }
}
