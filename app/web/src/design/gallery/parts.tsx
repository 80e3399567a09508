import { useSignal } from "@preact/signals";
import { ApiError } from "../../lib/errors";
import {
  Badge,
  Banner,
  Button,
  Card,
  Checkbox,
  Chip,
  confirm,
  Dialog,
  Drawer,
  EmptyState,
  ErrorState,
  Icon,
  IconButton,
  Markdown,
  Menu,
  Pagination,
  Progress,
  Select,
  Skeleton,
  StatusDot,
  Switch,
  Tabs,
  TextArea,
  TextField,
  toast,
} from "..";
import { ICON_NAMES } from "../icons";

export function Controls() {
  const text = useSignal("Coffee machines 咖啡机");
  const on = useSignal(true);
  const choice = useSignal<"a" | "b">("a");
  const tab = useSignal<"one" | "two">("one");
  return (
    <>
      <Card title="Buttons">
        <div class="f-row f-row-wrap">
          <Button look="primary" icon="plus">
            New source
          </Button>
          <Button icon="upload">Upload 上传</Button>
          <Button look="quiet">Cancel</Button>
          <Button look="danger" icon="trash">
            Delete
          </Button>
          <Button busy>Saving…</Button>
          <Button disabled>Disabled</Button>
          <Button size="small">Small</Button>
          <IconButton icon="edit" label="Edit" />
          <IconButton icon="thumbs-up" label="Helpful" aria-pressed={true} />
          <Menu
            items={[
              { label: "Rename", icon: "edit" },
              { label: "Download", icon: "download" },
              { label: "Delete", icon: "trash", danger: true, separated: true },
            ]}
            button={(open) => <IconButton {...open} icon="more" label="More" />}
          />
        </div>
      </Card>
      <Card title="Icons">
        <div class="f-row f-row-wrap">
          {ICON_NAMES.map((name) => (
            <span key={name} data-tip={name}>
              <Icon name={name} size={20} />
            </span>
          ))}
        </div>
      </Card>
      <Card title="Fields">
        <div class="f-form">
          <TextField
            label="Title"
            value={text.value}
            hint="Shown in citations."
            onChange={(value) => {
              text.value = value;
            }}
          />
          <TextField label="Search" icon="search" placeholder="Find a document" value="" onChange={() => {}} />
          <TextField
            label="Password"
            type="password"
            value="secret"
            error="At least 12 characters."
            onChange={() => {}}
          />
          <TextArea label="Note" optional value="" placeholder="Why" onChange={() => {}} />
          <Select
            label="Language"
            value={choice.value}
            choices={[
              { value: "a", label: "English" },
              { value: "b", label: "中文" },
            ]}
            onChange={(value) => {
              choice.value = value;
            }}
          />
          <Checkbox
            label="Readers: everyone"
            hint="All people of the organisation."
            checked={on.value}
            onChange={(value) => {
              on.value = value;
            }}
          />
          <Switch
            label="Shadow mode"
            checked={on.value}
            onChange={(value) => {
              on.value = value;
            }}
          />
        </div>
      </Card>
      <Card title="Tabs, badges, chips">
        <Tabs
          label="Views"
          value={tab.value}
          onChange={(value) => {
            tab.value = value;
          }}
          tabs={[
            { value: "one", label: "Text", content: () => <Badges /> },
            { value: "two", label: "Chunks", count: 12, content: () => "Twelve" },
          ]}
        />
      </Card>
    </>
  );
}

function Badges() {
  const tones = ["neutral", "accent", "success", "warning", "danger", "info"] as const;
  return (
    <div class="f-stack">
      <div class="f-row f-row-wrap">
        {tones.map((tone) => (
          <Badge key={tone} tone={tone}>
            {tone}
          </Badge>
        ))}
        {tones.map((tone) => (
          <StatusDot key={tone} tone={tone} busy={tone === "warning"}>
            {tone}
          </StatusDot>
        ))}
      </div>
      <div class="f-row f-row-wrap">
        <Chip label="finance" onRemove={() => {}} />
        <Chip label="What does the Piccola cost?" onClick={() => {}} />
        <Chip label="erp" icon="database" pressed onClick={() => {}} />
      </div>
      <Pagination page={3} pages={12} onChange={() => {}} />
    </div>
  );
}

export function Messages() {
  const error = new ApiError(503, { request_id: "7f3a09c2d1" });
  return (
    <>
      <Card title="States">
        <div class="f-stack">
          <Banner>The index is being built again; the old one serves meanwhile.</Banner>
          <Banner tone="success">Published.</Banner>
          <Banner tone="warning">Somebody else changed this rule.</Banner>
          <Banner tone="danger">The contract has two problems.</Banner>
          <Progress label="Upload" value={0.62} note="12 of 20 files" />
          <Progress label="Parsing" note="Parsing…" />
          <Skeleton />
          <EmptyState icon="document" title="No documents yet" actions={<Button icon="upload">Upload files</Button>}>
            Drop files anywhere on this page.
          </EmptyState>
          <ErrorState error={error} onRetry={() => {}} />
        </div>
      </Card>
      <Card title="Markdown">
        <Markdown
          text={
            "The **Piccola** costs € 1,290 [1] and weighs 9 kg [2][3].\n\n- [Manual](https://example.org/manual)\n- `PIC-2`\n\n| Model | Price |\n|---|---|\n| Piccola | € 1,290 |\n\n<script>alert(1)</script> [x](javascript:alert(1)) ![i](https://example.org/i.png)"
          }
          onMarker={(marker) => toast(`Citation ${marker}`, "info")}
        />
      </Card>
    </>
  );
}

export function Overlays() {
  const dialog = useSignal(false);
  const drawer = useSignal(false);
  return (
    <Card title="Overlays">
      <div class="f-row f-row-wrap">
        <Button
          onClick={() => {
            dialog.value = true;
          }}
        >
          Dialog
        </Button>
        <Button
          onClick={() => {
            drawer.value = true;
          }}
        >
          Drawer
        </Button>
        <Button onClick={() => toast("Saved", "success", { label: "Undo", run: () => {} })}>Toast</Button>
        <Button
          onClick={() =>
            confirm({
              title: "Delete 3 documents?",
              text: "They vanish from answers at once.",
              action: "Delete",
              danger: true,
            })
          }
        >
          Question
        </Button>
      </div>
      <Dialog
        open={dialog.value}
        title="Readers"
        onClose={() => {
          dialog.value = false;
        }}
        footer={<Button look="primary">Save</Button>}
      >
        <TextField label="Group" value="finance" onChange={() => {}} />
      </Dialog>
      <Drawer
        open={drawer.value}
        title="Piccola manual.pdf"
        onClose={() => {
          drawer.value = false;
        }}
      >
        <p>
          Descale the machine <mark>every two months</mark>.
        </p>
      </Drawer>
    </Card>
  );
}
